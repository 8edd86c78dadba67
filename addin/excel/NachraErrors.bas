Option Explicit
Option Private Module
' True error values, which Python cannot send: it sends their texts, and here they become errors again.

Public LastFailure As String

Public Function CellErrors(ByVal answer As Variant) As Variant
    Dim row As Long, column As Long
    Select Case DimensionsOf(answer)
        Case 0
            CellErrors = CellErrorOf(answer)
            Exit Function
        Case 1
            For column = LBound(answer) To UBound(answer)
                answer(column) = CellErrorOf(answer(column))
            Next column
        Case Else
            For row = LBound(answer, 1) To UBound(answer, 1)
                For column = LBound(answer, 2) To UBound(answer, 2)
                    answer(row, column) = CellErrorOf(answer(row, column))
                Next column
            Next row
    End Select
    CellErrors = answer
End Function

' Python did not answer: the cell shows #VALUE!, and the ribbon's diagnosis shows why.
Public Function Failed(ByVal reason As String) As Variant
    LastFailure = reason
    Failed = CVErr(2015)
End Function

Private Function CellErrorOf(ByVal content As Variant) As Variant
    CellErrorOf = content
    If VarType(content) <> vbString Then Exit Function
    Select Case content
        Case "#NULL!": CellErrorOf = CVErr(2000)
        Case "#DIV/0!": CellErrorOf = CVErr(2007)
        Case "#VALUE!": CellErrorOf = CVErr(2015)
        Case "#REF!": CellErrorOf = CVErr(2023)
        Case "#NAME?": CellErrorOf = CVErr(2029)
        Case "#NUM!": CellErrorOf = CVErr(2036)
        Case "#N/A": CellErrorOf = CVErr(2042)
    End Select
End Function

Private Function DimensionsOf(ByRef answer As Variant) As Long
    Dim bound As Long, found As Long
    If Not IsArray(answer) Then Exit Function
    On Error GoTo known
    Do
        bound = UBound(answer, found + 1)
        found = found + 1
    Loop
known:
    DimensionsOf = found
End Function
